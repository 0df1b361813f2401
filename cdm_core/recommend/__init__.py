"""Whom to call and what to offer: models of purchase and spend, fitted on a shop's own history, and their replay."""
