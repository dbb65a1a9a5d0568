"""Findings for eyes and for programs."""
