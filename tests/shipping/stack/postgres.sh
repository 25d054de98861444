# As the image postgres does: makes the database at the first start, then serves.
set -e
chown postgres "$PGDATA"
run() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  chmod a+r /tmp/password
  run initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 -D "$PGDATA"
  rm /tmp/password
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  run pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=" start
  run createdb --username="$POSTGRES_USER" "$POSTGRES_DB" || true
  run pg_ctl -D "$PGDATA" -w stop
fi
exec setpriv --reuid=postgres --regid=postgres --clear-groups postgres -D "$PGDATA" -c listen_addresses='*'
