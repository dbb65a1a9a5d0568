"""Clearing copies away so that nothing can be lost: plan, apply, undo."""
