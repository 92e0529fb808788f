"""Class activation maps, Grad-CAM, and how faithful they are."""
