"""Class activation maps, Grad-CAM, and scores of how faithful they are."""
