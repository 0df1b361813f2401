"""Bringing a shop's files in: customers, products, orders, families and events."""
