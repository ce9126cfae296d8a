# The docker host: a Docker engine and nothing else. app is built on it.
ARG BASE
FROM ${BASE}
RUN apt-get install -y docker.io docker-cli iptables && systemctl enable docker.service
COPY docker/ /
