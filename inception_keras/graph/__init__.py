"""Functions of a built graph: costs, feature maps, folding, the inference model."""
