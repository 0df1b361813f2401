"""What is promised of messages, updates and schedules under faults, proved (``docs/guarantees.md``)."""
