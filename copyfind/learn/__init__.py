"""Train the descriptor: the attacks on a picture, the formulas, the loops, the checkpoints."""
