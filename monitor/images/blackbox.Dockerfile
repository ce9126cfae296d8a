# Debian's package laid out like the upstream image: same entrypoint, paths and user, so that the Terraform
# module differs only in the image's name. Only the program and what it loads is kept: it travels over SSH.
ARG BASE
FROM ${BASE} AS packages
LABEL sla.image=packages
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends prometheus-blackbox-exporter busybox-static \
 && rm --recursive --force /var/lib/apt/lists/* /var/cache/apt
RUN mkdir --parents /image/bin /image/etc/blackbox_exporter \
 && cp --parents $(ldd /usr/bin/prometheus-blackbox-exporter | grep --only-matching '/lib[^ ]*') /etc/ssl/certs/ca-certificates.crt /image \
 && cp /usr/bin/prometheus-blackbox-exporter /image/bin/blackbox_exporter \
 && cp /usr/bin/busybox /image/bin \
 && ln --symbolic busybox /image/bin/wget && ln --symbolic busybox /image/bin/sh \
 && cp /etc/prometheus/blackbox.yml /image/etc/blackbox_exporter/config.yml \
 && printf 'nobody:x:65534:65534:nobody:/home:/bin/false\n' > /image/etc/passwd \
 && printf 'nobody:x:65534:\n' > /image/etc/group

FROM scratch
COPY --from=packages /image /
USER 65534:65534
EXPOSE 9115
ENTRYPOINT ["/bin/blackbox_exporter"]
CMD ["--config.file=/etc/blackbox_exporter/config.yml"]
