"""What figures are drawn with: style, axes, and the larger pieces."""
