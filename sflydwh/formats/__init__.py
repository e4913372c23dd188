"""How a log names things."""
