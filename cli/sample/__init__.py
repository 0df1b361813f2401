"""A believable Bangladeshi honey-and-grocery shop, for the demo and for whoever wants to look around."""
