"""Before the first night: the configuration, the doctor, the nightly start."""
