"""Pure steps: an endpoint's answer in, candidates and the next requests out."""
