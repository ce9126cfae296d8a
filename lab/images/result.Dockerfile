ARG BASE
FROM ${BASE}
WORKDIR /app/result
ENV PORT=80
EXPOSE 80
CMD ["node", "main.ts"]
