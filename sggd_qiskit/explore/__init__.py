"""What a problem is like before it is trained: landscapes, random gradients, ansatzes side by side. All by linear algebra."""
