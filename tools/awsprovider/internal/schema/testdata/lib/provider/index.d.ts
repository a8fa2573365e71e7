export interface AwsProviderConfig {
    /**
    * Docs at Terraform Registry: {@link https://registry.terraform.io/providers/hashicorp/aws/1.2.3/docs#region AwsProvider#region}
    */
    readonly region?: string;
}
export declare class AwsProvider extends cdktf.TerraformProvider {
    get region(): string | undefined;
    set region(value: string | undefined);
}
