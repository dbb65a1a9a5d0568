"""From descriptors to candidate pairs."""
