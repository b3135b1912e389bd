#!/bin/sh
# Run once by the PostgreSQL image, on an empty volume: a role and a database for Airflow, and one for Mecmua's state.
set -eu
for name in airflow mecmua; do
    case $name in
        airflow) password=$AIRFLOW_DATABASE_PASSWORD ;;
        mecmua) password=$STATE_DATABASE_PASSWORD ;;
    esac
    # psql quotes the variables itself (:"name", :'password'); it does so in a script only, not in -c
    psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
        --set name="$name" --set password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
