"""Who is told about a run: console, TensorBoard, MLflow."""
