"""The catalogue: one YAML file per think tank, validated together."""
