# Packages are fetched in a stage of their own, so that a change of our code does not fetch them again.
FROM denoland/deno:2.9.6 AS packages
WORKDIR /app
COPY deno.json deno.lock main.ts ./
COPY src ./src
RUN deno install --frozen --entrypoint main.ts

FROM denoland/deno:2.9.6
WORKDIR /app
COPY --from=packages --chown=deno:deno /deno-dir /deno-dir
COPY --from=packages /app ./
RUN mkdir --mode=0700 /data && chown deno:deno /data
USER deno
ENV TIDEGATE_LISTEN=0.0.0.0:4283 TIDEGATE_DATA_DIR=/data
VOLUME /data
EXPOSE 4283
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["deno", "eval", "--no-config", "const port = Deno.env.get('PORT') ?? Deno.env.get('TIDEGATE_LISTEN').split(':').at(-1); Deno.exit((await fetch(`http://127.0.0.1:${port}/healthz`)).ok ? 0 : 1)"]
# No shell and no launcher in between: SIGTERM must reach the gateway, which then lets running answers finish.
ENTRYPOINT ["deno", "run", "--cached-only", "--v8-flags=--no-memory-reducer,--no-allocation-site-pretenuring,--initial-heap-size=160", "--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-env", "--deny-run", "--deny-ffi", "--no-remote", "main.ts"]
CMD ["serve"]
