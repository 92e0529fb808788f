"""Loggers of a run: console, TensorBoard, MLflow."""
