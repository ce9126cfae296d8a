# The three programs of the application, as they run in containers and on the app host.
ARG BASE
FROM ${BASE}
COPY app/ /app/
