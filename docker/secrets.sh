#!/bin/sh
# Writes docker/.env with random secrets, readable by its owner alone. What a file already holds is kept: the secrets
# are also inside the volumes, and new ones here would lock the services out of their own data.
set -eu
umask 077
cd "$(dirname "$0")"
touch .env

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
# Fernet wants 32 random bytes in URL-safe Base64; od and tr alone cannot encode, so Base64 is asked for.
random_fernet() { head -c 32 /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'; }
keep_or_write() { grep -q "^$1=." .env || printf '%s=%s\n' "$1" "$2" >> .env; }

keep_or_write POSTGRES_PASSWORD "$(random_hex 24)"
keep_or_write AIRFLOW_DATABASE_PASSWORD "$(random_hex 24)"
keep_or_write STATE_DATABASE_PASSWORD "$(random_hex 24)"
keep_or_write ELASTIC_PASSWORD "$(random_hex 24)"
keep_or_write KIBANA_SYSTEM_PASSWORD "$(random_hex 24)"
keep_or_write KIBANA_ENCRYPTION_KEY "$(random_hex 32)"
keep_or_write AIRFLOW_ADMIN_PASSWORD "$(random_hex 12)"
keep_or_write AIRFLOW_FERNET_KEY "$(random_fernet)"
keep_or_write AIRFLOW_JWT_SECRET "$(random_hex 64)"
keep_or_write AIRFLOW_API_SECRET_KEY "$(random_hex 32)"
echo "$(pwd)/.env holds the secrets; keep it as long as the volumes."
