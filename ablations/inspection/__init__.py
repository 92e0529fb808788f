"""Looks into trained networks beyond accuracy: maps, deployment, ensembles."""
