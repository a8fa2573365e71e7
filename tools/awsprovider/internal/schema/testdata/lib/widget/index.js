function widgetRuleToHclTerraform(struct) {
    const attrs = {
        max_age: {
            value: cdktf.numberToHclTerraform(struct.maxAge),
            isBlock: false,
            type: "simple",
            storageClassType: "number",
        },
    };
}
class WidgetRuleOutputReference extends cdktf.ComplexObject {
    get maxAge() {
        return this.getNumberAttribute('max_age');
    }
    // is_old - computed: true, optional: false, required: false
    get isOld() {
        return this.getBooleanAttribute('is_old');
    }
}
class Widget extends cdktf.TerraformResource {
    get widgetArn() {
        return this.getStringAttribute('widget_arn');
    }
    get names() {
        return cdktf.Fn.tolist(this.getListAttribute('names'));
    }
    synthesizeHclAttributes() {
        const attrs = {
            names: {
                value: cdktf.listMapperHcl(cdktf.stringToHclTerraform, false)(this._names),
                isBlock: false,
                type: "set",
                storageClassType: "stringList",
            },
            tags: {
                value: cdktf.hashMapperHcl(cdktf.stringToHclTerraform)(this._tags),
                isBlock: false,
                type: "map",
                storageClassType: "stringMap",
            },
            rule: {
                value: widgetRuleToHclTerraform(this._rule.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "WidgetRuleList",
            },
            items: {
                value: cdktf.listMapperHcl(widgetRuleToHclTerraform, false)(this._items.internalValue),
                isBlock: true,
                type: "set",
                storageClassType: "WidgetRuleList",
            },
        };
    }
}
