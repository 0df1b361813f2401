"""The buttons under each message, from plain values. One module a noun; the same grid in both languages."""
