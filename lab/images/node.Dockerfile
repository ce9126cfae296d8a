# Debian 13 with the Node that the checkout pins.
ARG BASE
FROM ${BASE}
COPY node /usr/local/bin/node
