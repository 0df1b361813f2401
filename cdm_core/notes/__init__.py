"""What an agent's one-line note means: English, Bengali and romanised Bengali, mixed as people type."""
