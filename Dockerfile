# The job as a container: it watches the drop folder, see docs/container.md.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY constraints-runtime.txt ./
RUN python -m venv /opt/onoffice-sync \
    && /opt/onoffice-sync/bin/pip install --no-cache-dir --no-deps --require-hashes -r constraints-runtime.txt
COPY pyproject.toml README.md LICENSE config.example.toml ./
COPY sync ./sync
COPY sample_data ./sample_data
RUN /opt/onoffice-sync/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
# A fixed number, so that the folders mounted from outside can be given to it.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin onoffice-sync \
    && install -d -m 700 -o onoffice-sync -g onoffice-sync /office
COPY --from=build /opt/onoffice-sync /opt/onoffice-sync
ENV PATH=/opt/onoffice-sync/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TZ=Europe/Berlin \
    ONOFFICE_SYNC_CONFIG=/office/config.toml
USER 10001:10001
WORKDIR /office
VOLUME /office
# SIGTERM ends it after the request in flight.
STOPSIGNAL SIGTERM
ENTRYPOINT ["onoffice-sync"]
CMD ["watch"]
