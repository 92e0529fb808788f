"""Reading files: weights, manifests, pictures, class names."""
