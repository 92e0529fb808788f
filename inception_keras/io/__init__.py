"""Files: weights, manifests, pictures, class names."""
