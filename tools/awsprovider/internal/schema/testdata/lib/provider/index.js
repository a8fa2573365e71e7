class AwsProvider extends cdktf.TerraformProvider {
    constructor(scope, id, config = {}) {
        super(scope, id, {
            terraformGeneratorMetadata: {
                providerVersion: '1.2.3',
            },
        });
    }
    synthesizeHclAttributes() {
        const attrs = {
            region: {
                value: cdktf.stringToHclTerraform(this._region),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
        };
    }
}
