"""Trains one trial: networks, optimizer, epochs, devices, evaluation."""
