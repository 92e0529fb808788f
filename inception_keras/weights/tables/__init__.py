"""Names of layers in checkpoints of torchvision, timm and Caffe."""
