terraform {
  # For OpenTofu and Terraform. Since 1.9, a variable's validation may refer to other variables.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  # docs/DEPLOY.md says how to keep the state in a bucket, for more than one user.
}

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = local.tags
  }
}
