# The app host: vote and result as containers of its own engine, the worker as a unit.
ARG BASE
ARG TWIN
FROM ${TWIN} AS twin
FROM ${BASE}
COPY --from=twin /usr/local/bin/node /usr/local/bin/node
COPY --from=twin /app/node_modules /opt/voting/node_modules
COPY --from=twin /app/worker /opt/voting/worker
COPY images.tar /opt/voting/images.tar
COPY app/ /
RUN systemctl enable voting-setup.service worker.service
