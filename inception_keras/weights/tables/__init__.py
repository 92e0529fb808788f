"""Tables of the names in checkpoints of torchvision, timm and Caffe."""
