# One state for each environment. Planned into the state of another environment, everything there would be replaced.
resource "terraform_data" "workspace" {
  input = var.environment

  lifecycle {
    precondition {
      condition     = terraform.workspace == var.environment || terraform.workspace == "default" && (var.environment == "dev" || var.separate_state)
      error_message = "The workspace is not that of the environment: select it (tofu workspace select ENVIRONMENT), or set separate_state if the state is this environment's own."
    }
  }
}
