export interface WidgetConfig extends cdktf.TerraformMetaArguments {
    /**
    * Docs at Terraform Registry: {@link https://registry.terraform.io/providers/hashicorp/aws/1.2.3/docs/resources/widget#names Widget#names}
    */
    readonly names: string[];
    /**
    * Docs at Terraform Registry: {@link https://registry.terraform.io/providers/hashicorp/aws/1.2.3/docs/resources/widget#tags Widget#tags}
    */
    readonly tags?: {
        [key: string]: string;
    };
    /**
    * rule block
    *
    * Docs at Terraform Registry: {@link https://registry.terraform.io/providers/hashicorp/aws/1.2.3/docs/resources/widget#rule Widget#rule}
    */
    readonly rule: WidgetRule;
    /**
    * Docs at Terraform Registry: {@link https://registry.terraform.io/providers/hashicorp/aws/1.2.3/docs/resources/widget#items Widget#items}
    */
    readonly items?: WidgetRule[] | cdktf.IResolvable;
}
export interface WidgetRule {
    /**
    * Docs at Terraform Registry: {@link https://registry.terraform.io/providers/hashicorp/aws/1.2.3/docs/resources/widget#max_age Widget#max_age}
    */
    readonly maxAge: number;
}
export declare class WidgetRuleOutputReference extends cdktf.ComplexObject {
    get maxAge(): number;
    set maxAge(value: number);
    get maxAgeInput(): number | undefined;
    get isOld(): cdktf.IResolvable;
}
export declare class Widget extends cdktf.TerraformResource {
    get widgetArn(): string;
    get names(): string[];
    set names(value: string[]);
    get namesInput(): string[] | undefined;
}
