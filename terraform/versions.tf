terraform {
  # Runs with OpenTofu and with Terraform. 1.9: a variable's validation may look at other variables.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  # The state names every resource: keep it in a bucket as soon as a second person deploys (docs/DEPLOY.md).
}

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = local.tags
  }
}
