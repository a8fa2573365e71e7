"""The version of this package. terraform/package replaces this file with the version that it builds."""

VERSION = "0.0.0-dev"
REVISION = "unknown"
