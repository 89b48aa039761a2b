#version 440

// Other colours for a picture: a matrix on red, green, blue and alpha (premultiplied).

layout(location = 0) in vec2 qt_TexCoord0;
layout(location = 0) out vec4 fragColor;

layout(std140, binding = 0) uniform buf {
    mat4 qt_Matrix;
    mat4 change;
    float qt_Opacity;
};

layout(binding = 1) uniform sampler2D source;

void main() {
    vec4 changed = change * texture(source, qt_TexCoord0);
    fragColor = vec4(clamp(changed.rgb, 0.0, changed.a), changed.a) * qt_Opacity;
}
