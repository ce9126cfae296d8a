# Debian's package laid out like the upstream image: same entrypoint, paths and user, so that the Terraform
# module differs only in the image's name. Only the program and what it loads is kept: it travels over SSH.
ARG BASE
FROM ${BASE} AS packages
LABEL sla.image=packages
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends prometheus busybox-static \
 && rm --recursive --force /var/lib/apt/lists/* /var/cache/apt
# /usr/share/prometheus is full of links into other packages: they are followed.
RUN mkdir --parents /image/bin /image/etc/prometheus /image/usr/share/prometheus \
 && cp --parents $(ldd /usr/bin/prometheus | grep --only-matching '/lib[^ ]*') /etc/ssl/certs/ca-certificates.crt /image \
 && cp /usr/bin/prometheus /usr/bin/busybox /image/bin \
 && ln --symbolic busybox /image/bin/wget && ln --symbolic busybox /image/bin/sh \
 && cp --recursive --dereference /usr/share/prometheus/web /image/usr/share/prometheus \
 && cp /etc/prometheus/prometheus.yml /image/etc/prometheus \
 && printf 'nobody:x:65534:65534:nobody:/home:/bin/false\n' > /image/etc/passwd \
 && printf 'nobody:x:65534:\n' > /image/etc/group \
 && install --directory --owner=65534 --group=65534 /image/prometheus

FROM scratch
COPY --from=packages /image /
WORKDIR /prometheus
USER 65534:65534
EXPOSE 9090
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
