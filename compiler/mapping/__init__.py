"""Large networks onto many cores: grouped hypergraphs, partition, refinement, and places on a mesh."""
