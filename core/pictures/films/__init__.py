"""Films: frames as videos, as animated pictures and as folders; several in a grid."""
