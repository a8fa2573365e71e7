// Package standin serves a provider's schema over Terraform's plugin protocol and plays its
// resources in memory.
package standin

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"ndjson-parquet/tools/awsprovider/internal/schema"
)

// A Server answers Terraform. It keeps no state of its own and is safe for concurrent use.
type Server struct {
	// What init, validate, plan, apply, test and destroy never call is left to this nil interface:
	// a call would end the process, which shows at once.
	tfprotov5.ProviderServer

	provider    *tfprotov5.Schema
	resources   map[string]*tfprotov5.Schema
	dataSources map[string]*tfprotov5.Schema
}

// New makes a server for s.
func New(s *schema.Schema) (*Server, error) {
	srv := &Server{resources: map[string]*tfprotov5.Schema{}, dataSources: map[string]*tfprotov5.Schema{}}
	var err error
	if srv.provider, err = protocolSchema(s.Provider); err != nil {
		return nil, fmt.Errorf("provider configuration: %w", err)
	}
	for name, e := range s.Resources {
		if srv.resources[name], err = protocolSchema(e); err != nil {
			return nil, fmt.Errorf("resource %s: %w", name, err)
		}
	}
	for name, e := range s.DataSources {
		if srv.dataSources[name], err = protocolSchema(e); err != nil {
			return nil, fmt.Errorf("data source %s: %w", name, err)
		}
	}
	return srv, nil
}

// GetProviderSchema publishes the schema; Terraform itself then checks the configuration against
// it.
func (s *Server) GetProviderSchema(context.Context,
	*tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return &tfprotov5.GetProviderSchemaResponse{
		Provider: s.provider, ResourceSchemas: s.resources, DataSourceSchemas: s.dataSources,
	}, nil
}

// PrepareProviderConfig accepts the provider's configuration, which Terraform has checked.
func (s *Server) PrepareProviderConfig(_ context.Context,
	r *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: r.Config}, nil
}

// ConfigureProvider needs nothing: there is no account.
func (s *Server) ConfigureProvider(context.Context,
	*tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}

// StopProvider has nothing to stop.
func (s *Server) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse,
	error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

// ValidateResourceTypeConfig accepts what conforms to the schema; Terraform has checked that.
func (s *Server) ValidateResourceTypeConfig(context.Context,
	*tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

// ValidateDataSourceConfig accepts what conforms to the schema; Terraform has checked that.
func (s *Server) ValidateDataSourceConfig(context.Context,
	*tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}

// UpgradeResourceState reads a state of the same version.
func (s *Server) UpgradeResourceState(_ context.Context,
	r *tfprotov5.UpgradeResourceStateRequest) (*tfprotov5.UpgradeResourceStateResponse, error) {
	t := s.resources[r.TypeName].ValueType()
	v, err := r.RawState.Unmarshal(t)
	if err != nil {
		return nil, fmt.Errorf("state of %s: %w", r.TypeName, err)
	}
	dv, err := tfprotov5.NewDynamicValue(t, v)
	return &tfprotov5.UpgradeResourceStateResponse{UpgradedState: &dv}, err
}

// ReadResource finds every resource as the state has it.
func (s *Server) ReadResource(_ context.Context, r *tfprotov5.ReadResourceRequest) (*tfprotov5.ReadResourceResponse,
	error) {
	return &tfprotov5.ReadResourceResponse{NewState: r.CurrentState, Private: r.Private}, nil
}

// PlanResourceChange leaves unknown, as the provider would, what only creation can tell.
func (s *Server) PlanResourceChange(_ context.Context,
	r *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	out, err := s.fill(s.resources[r.TypeName], r.ProposedNewState,
		func(_ fields, t tftypes.Type, _ string) tftypes.Value {
			return tftypes.NewValue(t, tftypes.UnknownValue)
		})
	return &tfprotov5.PlanResourceChangeResponse{PlannedState: out}, err
}

// ApplyResourceChange "creates" a resource: it makes up what AWS would have answered.
func (s *Server) ApplyResourceChange(_ context.Context,
	r *tfprotov5.ApplyResourceChangeRequest) (*tfprotov5.ApplyResourceChangeResponse, error) {
	out, err := s.fill(s.resources[r.TypeName], r.PlannedState,
		func(set fields, t tftypes.Type, name string) tftypes.Value {
			return answer(r.TypeName, set, t, name)
		})
	return &tfprotov5.ApplyResourceChangeResponse{NewState: out}, err
}

// ReadDataSource makes up what AWS would have answered.
func (s *Server) ReadDataSource(_ context.Context,
	r *tfprotov5.ReadDataSourceRequest) (*tfprotov5.ReadDataSourceResponse, error) {
	out, err := s.fill(s.dataSources[r.TypeName], r.Config,
		func(set fields, t tftypes.Type, name string) tftypes.Value {
			return answer(r.TypeName, set, t, name)
		})
	return &tfprotov5.ReadDataSourceResponse{State: out}, err
}

// GetResourceIdentitySchemas says that no resource has an identity.
func (s *Server) GetResourceIdentitySchemas(context.Context,
	*tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}

// GetFunctions says that there are none.
func (s *Server) GetFunctions(context.Context, *tfprotov5.GetFunctionsRequest) (*tfprotov5.GetFunctionsResponse,
	error) {
	return &tfprotov5.GetFunctionsResponse{}, nil
}
