# The db host as a client left it: default credentials, open to the network, no backups, no restart policy.
ARG BASE
FROM ${BASE}
RUN apt-get install -y postgresql-17 redis-server \
 && systemctl enable postgresql.service redis-server.service
RUN pg_ctlcluster 17 main start \
 && su postgres -c "psql -qc \"ALTER USER postgres PASSWORD 'postgres'\"" \
 && pg_ctlcluster 17 main stop
COPY db/ /
RUN sed -i 's/^bind .*/bind 0.0.0.0/; s/^protected-mode .*/protected-mode no/' /etc/redis/redis.conf \
 && echo 'host all all 0.0.0.0/0 scram-sha-256' >> /etc/postgresql/17/main/pg_hba.conf
