"""What belongs to `copyfind train`: its options in three panels, and what it shows."""
