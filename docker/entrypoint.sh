#!/bin/sh
# Puts the API keys that the init step made into the environment, where Mecmua's settings look, then runs the command.
set -eu
folder="${KEYS_FOLDER:-/keys}"
if [ -r "$folder/elasticsearch.key" ]; then
    MECMUA_ELASTICSEARCH_API_KEY="$(cat "$folder/elasticsearch.key")"
    export MECMUA_ELASTICSEARCH_API_KEY
fi
if [ -r "$folder/kibana.key" ]; then
    MECMUA_KIBANA_API_KEY="$(cat "$folder/kibana.key")"
    export MECMUA_KIBANA_API_KEY
fi
exec "$@"
