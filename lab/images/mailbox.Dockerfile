# The client's mailbox: postfix that takes mail for anyone and keeps it in one Maildir.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends postfix && apt-get clean && rm -rf /var/lib/apt/lists/*
COPY mailbox/ /
RUN useradd --create-home client && newaliases \
 && install -d -o client -g client -m 700 /home/client/Maildir
EXPOSE 25
CMD ["/usr/sbin/postfix", "start-fg"]
