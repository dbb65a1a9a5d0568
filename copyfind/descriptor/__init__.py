"""From pixels to descriptors: networks, weights, and the engines that run them."""
