"""The attacks on a picture: what people do to photos before they share them."""
