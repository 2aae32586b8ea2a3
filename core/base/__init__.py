"""What every room may use: errors, registry, files, memory, precision; nothing of generators."""
